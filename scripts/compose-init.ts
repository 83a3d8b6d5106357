/** The `setup` service of docker-compose.yml: `node compose-init.ts FOLDER…` prepares the nodes' volumes, then ends. */
import { describeError } from '../src/core/errors.ts';
import { prepareFolders } from './compose-volumes.ts';

/** The user `node` of the image. */
const NODE_USER = { uid: 1000, gid: 1000 };

try {
  const { federation, members } = await prepareFolders('compose', process.argv.slice(2), NODE_USER);
  for (const { folder, peer } of members) process.stdout.write(`${folder} ${peer}\n`);
  process.stdout.write(`federation ${federation.id}\n`);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
