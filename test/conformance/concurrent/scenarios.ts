// What a function is promised that takes several events at once, whoever plays Lambda.

import type { SharedScenario } from './scenario.ts';
import { capacity } from './scenarios-capacity.ts';
import { invocations } from './scenarios-invocations.ts';
import { losses } from './scenarios-losses.ts';

export const SHARED_SCENARIOS: readonly SharedScenario[] = [...capacity, ...invocations, ...losses];
