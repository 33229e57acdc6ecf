// The scenarios under this package's emulator.
import { emulatorHost } from './emulator-host.ts';
import { testScenarios } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

testScenarios(emulatorHost, SCENARIOS);
