// The concurrent scenarios under this package's emulator.
import { sharedEmulatorHost } from './concurrent/emulator-host.ts';
import { testSharedScenarios } from './concurrent/scenario.ts';
import { SHARED_SCENARIOS } from './concurrent/scenarios.ts';

testSharedScenarios(sharedEmulatorHost, SHARED_SCENARIOS);
