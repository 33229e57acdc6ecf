// Where Lambda's layers put packages: the managed runtime's start script makes NODE_PATH of it.
import { existsSync } from 'node:fs';

/** Lambda unpacks layers into /opt; packages for Node lie in `nodejs`. */
const LAYERS = '/opt/nodejs';

/**
 * The value that NODE_PATH should have when it has none: the folders of packages that there are, of
 * this Node's major version first, as in the managed runtime. Undefined without any.
 */
export function layerPath(nodeVersion: string, layers: string = LAYERS): string | undefined {
  if (!existsSync(layers)) return undefined;
  const [major] = nodeVersion.split('.');
  const folders = [`${layers}/node${major}/node_modules`, `${layers}/node_modules`];
  return folders.filter((folder) => existsSync(folder)).join(':') || undefined;
}
