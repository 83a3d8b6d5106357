/** What the witnesses of one epoch declare that it adopted: of each the first in its feed. */
import type { PeerIdText } from '../peer-id.ts';
import type { EvidencePlace } from './decision.ts';

interface Declaration extends EvidencePlace {
  /** Receipt hash, hex. */
  readonly proposal: string;
}

export class Declarations {
  readonly #first = new Map<PeerIdText, Declaration>();

  /** Who calls it sees to it that it is of a witness of the epoch, in the order of its feed. */
  take(declaration: Declaration): void {
    if (!this.#first.has(declaration.origin)) this.#first.set(declaration.origin, declaration);
  }

  /** Who has declared a proposal: the places of these entries. */
  of(proposal: string): readonly EvidencePlace[] {
    return [...this.#first.values()].filter((declaration) => declaration.proposal === proposal);
  }

  /** What so many have declared. One at most, when that is more than half of the witnesses. */
  reaching(needed: number): string | undefined {
    return [...this.#first.values()].find(({ proposal }) => this.of(proposal).length >= needed)?.proposal;
  }
}
