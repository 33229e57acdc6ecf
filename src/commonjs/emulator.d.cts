// The types of emulator.cjs for CommonJS; by hand, as those of index.cjs.
export type * from '../emulator/emulator.js' with { 'resolution-mode': 'import' };

type Exports = typeof import('../emulator/emulator.js', { with: { 'resolution-mode': 'import' }});

export declare const Emulator: Exports['Emulator'];
export type Emulator = Exports['Emulator']['prototype'];
