/**
 * LevelDB's manifest: the record log of its versions (its doc/impl.md, db/version_edit.cc). Followed to the end it says which tables the
 * database is made of and from which write-ahead log on it is to be recovered. Any other table is a leftover: of a compaction that was
 * cut short, say.
 */
import { BinaryReader } from '../core/binary.ts';
import { TessraxError } from '../core/errors.ts';
import { STORE_MANIFEST_RECORD_BYTES_MAX } from '../core/limits.ts';
import { findLogDamage } from './record-log.ts';

const TAGS = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLog: 9,
} as const;

export interface Manifest {
  /** Numbers of the tables, ascending. */
  readonly tables: readonly number[];
  /** Logs from this number on hold what is in no table; 0: there is none yet. */
  readonly logNumber: number;
}

/** Reads it to the end; a text says what is wrong with it. */
export async function readManifest(path: string): Promise<Manifest | string> {
  const versions = new Versions();
  try {
    const damage = await findLogDamage(
      path,
      ({ start, whole }) => {
        if (whole) versions.apply(start);
      },
      STORE_MANIFEST_RECORD_BYTES_MAX,
    );
    return damage ?? versions.manifest();
  } catch (error) {
    if (error instanceof TessraxError) return error.message;
    throw error;
  }
}

class Versions {
  /** Tables as `level/number`: one edit may delete a table from one level and add it to the next. */
  readonly #tables = new Map<string, number>();
  #logNumber = 0;

  apply(edit: Uint8Array): void {
    const reader = new BinaryReader(edit);
    while (reader.remaining > 0) this.#applyField(reader.varint(), reader);
  }

  manifest(): Manifest {
    return { tables: [...this.#tables.values()].sort((a, b) => a - b), logNumber: this.#logNumber };
  }

  #applyField(tag: number, reader: BinaryReader): void {
    switch (tag) {
      case TAGS.comparator:
        skipText(reader);
        break;
      case TAGS.logNumber:
        this.#logNumber = reader.varint();
        break;
      case TAGS.nextFile:
      case TAGS.lastSequence:
      case TAGS.previousLog:
        reader.varint();
        break;
      case TAGS.compactPointer:
        reader.varint();
        skipText(reader);
        break;
      case TAGS.deletedFile:
        this.#tables.delete(`${reader.varint()}/${reader.varint()}`);
        break;
      case TAGS.newFile:
        this.#addTable(reader);
        break;
      default:
        throw new TessraxError('store_corrupt', `it has an unknown field ${tag}`);
    }
  }

  /** Level, number, size, smallest key, largest key. */
  #addTable(reader: BinaryReader): void {
    const level = reader.varint();
    const number = reader.varint();
    reader.varint();
    skipText(reader);
    skipText(reader);
    this.#tables.set(`${level}/${number}`, number);
  }
}

function skipText(reader: BinaryReader): void {
  reader.bytes(reader.varint());
}
