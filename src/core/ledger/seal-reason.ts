/** Why a feed is sealed: its origin signed two branches, or is revoked. Either is a proof that travels and is checked alone. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { encodeFork, examineFork, type ForkProof, readFork } from './fork.ts';
import { examineRevocation, type Judges, type Revocation, readRevocation, writeRevocation } from './revocation.ts';

/** Both name the `origin`, and with `seq` the place from which on only certified entries stay. */
export type SealReason = ForkProof | Revocation;

const FORK = 0;
const REVOKED = 1;

export function isRevocation(reason: SealReason): reason is Revocation {
  return 'statements' in reason;
}

/** Checks all but the signatures, and names those. Throws `fork_proof_invalid`, `revocation_invalid`, or an entry's refusal. */
export function examineSealReason(reason: SealReason, judges: Judges): SignatureJob[] {
  return isRevocation(reason) ? examineRevocation(reason, judges) : examineFork(reason, judges.id);
}

export function writeSealReason(writer: BinaryWriter, reason: SealReason): void {
  if (isRevocation(reason)) writeRevocation(writer.byte(REVOKED), reason);
  else writer.byte(FORK).bytes(encodeFork(reason));
}

export function readSealReason(reader: BinaryReader): SealReason {
  const kind = reader.byte();
  if (kind === FORK) return readFork(reader);
  if (kind === REVOKED) return readRevocation(reader);
  throw new TessraxError('wire_code', `a reason of kind ${kind} is not known`, { fields: { code: kind } });
}
