// The types of index.cjs for CommonJS. Written by hand: a compiled one would import ES modules in a
// way that TypeScript allows from CommonJS under some settings only.
export type * from '../index.js' with { 'resolution-mode': 'import' };

type Exports = typeof import('../index.js', { with: { 'resolution-mode': 'import' }});

export declare const isRuntimeError: Exports['isRuntimeError'];
export declare const RuntimeError: Exports['RuntimeError'];
export type RuntimeError = InstanceType<Exports['RuntimeError']>;
export declare const runRuntime: Exports['runRuntime'];
export declare const SETTING_ROWS: Exports['SETTING_ROWS'];
export declare const VERSION: Exports['VERSION'];
