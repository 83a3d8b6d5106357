/** Revocation: what would be sealed, who has spoken, and this node's own statement. */
import type { FastifyInstance } from 'fastify';
import { toHex } from '../core/bytes.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import type { NodeHandle } from '../ports.ts';
import { badRequest } from './problem.ts';

export function revocationRoutes(app: FastifyInstance, node: NodeHandle): void {
  app.get<{ Querystring: { target?: string } }>('/v1/revocations', async ({ query }) => ({
    revocations: node
      .revocations()
      .filter(({ target }) => query.target === undefined || query.target === target)
      .map(({ target, signers, inForce }) => ({ target, signers, in_force: inForce })),
    threshold: node.governance().threshold,
    ...(query.target === undefined ? {} : { preview: preview(node, readTarget(query.target)) }),
  }));
  app.post<{ Body: JsonValue }>('/v1/revocations', async (request, reply) => {
    const { target, reason } = readBody(request.body);
    const hasSay = target === node.peerId || node.governance().witnesses.some(({ peer }) => peer === node.peerId);
    if (!hasSay) {
      throw new TessraxError('not_a_witness', 'only witnesses, and a node itself, can revoke', {
        remedy: 'ask a threshold of the witnesses to revoke it',
      });
    }
    const before = preview(node, target);
    const [appended] = await node.append([{ type: 'REVOCATION', body: { target, reason } }]);
    return reply
      .code(201)
      .send({ target, hash: appended === undefined ? null : toHex(appended.hash), preview: before });
  });
}

/** What a revocation in force would leave of a feed, by what this node holds: the part that is final. */
function preview(node: NodeHandle, target: PeerIdText): object {
  const size = node.heads().find(({ origin }) => origin === target)?.size ?? 0;
  const certified = node.certifiedSize(target);
  return { entries: size, kept: certified, quarantined: Math.max(0, size - certified) };
}

function readBody(body: JsonValue | undefined): { target: PeerIdText; reason: string } {
  if (!isObject(body)) throw badRequest('send {"target": PEER, "reason": TEXT}');
  const { target, reason } = body;
  if (typeof reason !== 'string' || reason === '') throw badRequest('"reason" must say why');
  return { target: readTarget(target), reason };
}

function readTarget(value: JsonValue | undefined): PeerIdText {
  if (typeof value !== 'string' || publicKeyOf(value) === undefined) {
    throw badRequest('"target" is not the peer ID of an Ed25519 key');
  }
  return value;
}
