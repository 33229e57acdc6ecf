// What a function is promised, whoever plays Lambda: one list, run against each host.

import type { Scenario } from './scenario.ts';
import { answers } from './scenarios-answers.ts';
import { failures } from './scenarios-failures.ts';
import { guardian } from './scenarios-guardian.ts';
import { streaming } from './scenarios-streaming.ts';

export const SCENARIOS: readonly Scenario[] = [...answers, ...failures, ...guardian, ...streaming];
