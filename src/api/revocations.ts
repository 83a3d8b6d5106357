/** Revocation: what would be sealed, who has spoken, and this node's own statement. */
import type { FastifyInstance } from 'fastify';
import { revocationEndpoints } from '../contract/revocations.ts';
import { toHex } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { NodeHandle } from '../ports.ts';
import type { OnceOnly } from './once.ts';
import { serve } from './serve.ts';

export function revocationRoutes(app: FastifyInstance, node: NodeHandle, once: OnceOnly): void {
  serve(app, revocationEndpoints.revocations, ({ query }) => ({
    revocations: node
      .revocations()
      .filter(({ target }) => query.target === undefined || query.target === target)
      .map(({ target, signers, inForce }) => ({ target, signers, in_force: inForce })),
    threshold: node.governance().threshold,
    ...(query.target === undefined ? {} : { preview: preview(node, query.target) }),
  }));
  serve(app, revocationEndpoints.revoke, async ({ headers, body }, reply) => {
    const { target, reason } = body;
    const hasSay = target === node.peerId || node.governance().witnesses.some(({ peer }) => peer === node.peerId);
    if (!hasSay) {
      throw new TessraxError('not_a_witness', 'only witnesses, and a node itself, can revoke', {
        remedy: 'ask a threshold of the witnesses to revoke it',
      });
    }
    const before = preview(node, target);
    const request = { key: headers['idempotency-key'], route: revocationEndpoints.revoke.id, body };
    const { entries, isReplay } = await once.append(request, () => [{ type: 'REVOCATION', body: { target, reason } }]);
    const [appended] = entries;
    if (isReplay) reply.header('idempotency-replayed', 'true');
    if (appended === undefined) throw new TessraxError('internal', 'the node stored nothing');
    reply.code(201);
    return { target, hash: toHex(appended.hash), preview: before };
  });
}

/** What a revocation in force would leave of a feed, by what this node holds: the part that is final. */
function preview(node: NodeHandle, target: PeerIdText): { entries: number; kept: number; quarantined: number } {
  const size = node.heads().find(({ origin }) => origin === target)?.size ?? 0;
  const certified = node.certifiedSize(target);
  return { entries: size, kept: certified, quarantined: Math.max(0, size - certified) };
}
