/** What the witnesses of one epoch declare that it adopted: of each the first in its feed. */
import type { PeerIdText } from '../peer-id.ts';
import type { EvidencePlace } from './decision.ts';

interface Declaration extends EvidencePlace {
  /** Receipt hash, hex. */
  readonly proposal: string;
}

export class Declarations {
  readonly #first = new Map<PeerIdText, Declaration>();
  /** How many name a proposal. */
  readonly #counts = new Map<string, number>();

  /** Who calls it sees to it that it is of a witness of the epoch, in the order of its feed. */
  take(declaration: Declaration): void {
    const { origin, proposal } = declaration;
    if (this.#first.has(origin)) return;
    this.#first.set(origin, declaration);
    this.#counts.set(proposal, (this.#counts.get(proposal) ?? 0) + 1);
  }

  /** Who has declared a proposal: the places of these entries. */
  of(proposal: string): readonly EvidencePlace[] {
    return [...this.#first.values()].filter((declaration) => declaration.proposal === proposal);
  }

  /** What so many have declared. One at most, when that is more than half of the witnesses. */
  reaching(needed: number): string | undefined {
    return [...this.#counts].find(([, count]) => count >= needed)?.[0];
  }
}
