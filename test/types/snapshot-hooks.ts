// Snapshot hooks, as whoever imports their place sees it.
import {
  registerAfterRestore,
  registerBeforeSnapshot,
  type SnapshotHook,
} from 'lambda-bulkhead/snapstart';

const connect: SnapshotHook = async () => {};
registerBeforeSnapshot(() => {});
registerAfterRestore(connect);
// @ts-expect-error a hook is a function
registerAfterRestore('connect');
