/** Every endpoint of the API. */
import type { Endpoint } from './endpoint.ts';
import { entryEndpoints } from './entries.ts';
import { exportEndpoints } from './export.ts';
import { governanceEndpoints } from './governance.ts';
import { nodeEndpoints } from './node.ts';
import { operationEndpoints } from './operation.ts';
import { revocationEndpoints } from './revocations.ts';

export const ENDPOINTS: readonly Endpoint[] = [
  nodeEndpoints,
  entryEndpoints,
  exportEndpoints,
  governanceEndpoints,
  revocationEndpoints,
  operationEndpoints,
].flatMap((room) => Object.values<Endpoint>(room));
