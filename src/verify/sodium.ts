/** Loads libsodium where the platform has a prebuilt binding, and gives the few calls we use a type. */
import { createRequire } from 'node:module';

export interface Sodium {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** The binding, or why there is none. Not having it is no error: node:crypto takes its place at half the speed. */
export type SodiumLoad = { readonly sodium: Sodium } | { readonly sodium: undefined; readonly reason: string };

let loaded: SodiumLoad | undefined;

export function loadSodium(): SodiumLoad {
  loaded ??= load();
  return loaded;
}

function load(): SodiumLoad {
  try {
    // A CommonJS module that throws where it has no prebuilt binary: `require` keeps loading synchronous.
    const binding: unknown = createRequire(import.meta.url)('sodium-native');
    if (isSodium(binding)) return { sodium: binding };
    return { sodium: undefined, reason: 'sodium-native lacks the signature functions' };
  } catch (error) {
    return { sodium: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
}

function isSodium(value: unknown): value is Sodium {
  if (typeof value !== 'object' || value === null) return false;
  const names: readonly (keyof Sodium)[] = [
    'crypto_sign_seed_keypair',
    'crypto_sign_detached',
    'crypto_sign_verify_detached',
  ];
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}
