/** Every endpoint of the API. */
import { checkpointEndpoints } from './checkpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { entryEndpoints } from './entries.ts';
import { exportEndpoints } from './export.ts';
import { governanceEndpoints } from './governance.ts';
import { nodeEndpoints } from './node.ts';
import { operationEndpoints } from './operation.ts';
import { revocationEndpoints } from './revocations.ts';
import { sealedEndpoints } from './sealed.ts';
import { timelineEndpoints } from './timeline.ts';

export const ENDPOINTS: readonly Endpoint[] = [
  nodeEndpoints,
  entryEndpoints,
  exportEndpoints,
  sealedEndpoints,
  timelineEndpoints,
  checkpointEndpoints,
  governanceEndpoints,
  revocationEndpoints,
  operationEndpoints,
].flatMap((room) => Object.values<Endpoint>(room));
