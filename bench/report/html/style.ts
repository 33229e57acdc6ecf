// How the report looks: as every page of figures, and its targets.
import { pageStyle } from '../../../src/cli/bench/page-style.ts';
import { COLOURS } from '../../support/colours.ts';

const VERDICTS = {
  met: { light: '#14743c', dark: '#5fd18b' },
  missed: { light: '#b3261e', dark: '#ff8a80' },
  open: { light: '#8a5a00', dark: '#f0c060' },
};

export const style = `${pageStyle({ ...COLOURS, ...VERDICTS })}
.targets th, .targets td { text-align: left; }
.targets td svg { width: 150px; }
.met { color: var(--met); } .missed { color: var(--missed); }
.not-decided, .not-measured { color: var(--open); }
.met, .missed, .not-decided, .not-measured { font-weight: 600; }
@media (max-width: 700px) {
  .targets .wide { display: none; }
  .targets { font-size: 12.5px; }
  .targets th, .targets td { padding-right: 8px; }
  .targets td:nth-child(2), .targets td:nth-child(6) { white-space: normal; }
}
`;
