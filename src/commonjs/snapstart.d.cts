// The types of snapstart.cjs for CommonJS; by hand, as those of index.cjs.
export type * from '../snapstart.js' with { 'resolution-mode': 'import' };

type Exports = typeof import('../snapstart.js', { with: { 'resolution-mode': 'import' }});

export declare const registerAfterRestore: Exports['registerAfterRestore'];
export declare const registerBeforeSnapshot: Exports['registerBeforeSnapshot'];
