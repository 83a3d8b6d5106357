/** Checkpoints and proofs in the forms of other transparency logs (c2sp.org), made when they are asked for. */
import type { FastifyInstance } from 'fastify';
import { checkpointEndpoints } from '../contract/checkpoints.ts';
import { fromHex } from '../core/bytes.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { TessraxError } from '../core/errors.ts';
import { type Checkpoint, checkpointOf } from '../core/ledger/ledger.ts';
import { checkpointText, cosignCheckpoint, noteOf, signCheckpoint } from '../core/tlog/note.ts';
import { tlogProof } from '../core/tlog/proof.ts';
import type { NodeHandle } from '../ports.ts';
import { proveReceipt } from '../queries.ts';
import { badRequest, notFound } from './problem.ts';
import { serveRaw } from './serve.ts';

const TEXT = 'text/plain; charset=utf-8';

export function checkpointRoutes(app: FastifyInstance, node: NodeHandle): void {
  serveRaw(app, checkpointEndpoints.checkpoint, async ({ params: { origin }, query }, reply) => {
    const head = node.heads().find((each) => each.origin === origin);
    if (head === undefined) throw notFound(`the feed of ${origin}`);
    return reply.type(TEXT).send(noteFor(node, checkpointOf(head), query.cosign === 'true'));
  });
  serveRaw(app, checkpointEndpoints.tlogProof, async ({ params, query }, reply) => {
    const hash = fromHex(params.hash, HASH_BYTES);
    if (hash === undefined) throw badRequest('a receipt hash is 64 lower-case hex digits');
    const proof = await proveReceipt(node, hash);
    if (proof === undefined) throw notFound(`ledger entry ${params.hash}`);
    const { index, size, root, path } = proof.feed;
    const note = noteFor(node, { origin: String(proof.entry['origin']), size, root }, query.cosign === 'true');
    return reply.type(TEXT).send(tlogProof(index, path, note));
  });
}

/** Of a feed of its own a node signs as the log; of others' it cosigns. A sealed feed had other checkpoints before: none is signed any more. */
function noteFor(node: NodeHandle, checkpoint: Checkpoint, cosign: boolean): string {
  const { origin } = checkpoint;
  if (node.seals().some((seal) => seal.origin === origin)) {
    throw new TessraxError(
      'feed_sealed',
      `the feed of ${origin} is sealed: what is left of it may not continue what was signed before`,
      {
        remedy: 'ask for the certificate of a final entry: GET /v1/receipts/HASH/certificate',
      },
    );
  }
  const federation = node.federation.id;
  const text = checkpointText(federation, checkpoint);
  const signer = {
    peer: node.peerId,
    publicKey: node.signer.publicKey,
    sign: (message: Uint8Array) => node.signer.sign(message),
  };
  const isOwn = origin === node.peerId;
  const seconds = Math.floor(node.wallMs() / 1000);
  return noteOf(text, [
    ...(isOwn ? [signCheckpoint(federation, text, signer)] : []),
    ...(cosign || !isOwn ? [cosignCheckpoint(federation, text, signer, seconds)] : []),
  ]);
}
