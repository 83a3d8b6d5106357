import { writeFileSync } from 'node:fs';
import { verifyPath } from './offline/verify-path.ts';
import { exportLines, textOf, proofOf, rememberingVerifier } from '../test/unit/offline/sample.ts';
const verifier = rememberingVerifier();
const text = textOf(exportLines());
writeFileSync('/tmp/e.jsonl', text);
console.log(JSON.stringify(await verifyPath('/tmp/e.jsonl', { verifier }), null, 1));
writeFileSync('/tmp/p.json', JSON.stringify(proofOf(0, 7)) + '\n');
console.log(JSON.stringify(await verifyPath('/tmp/p.json', { verifier })));
for (const [name, src] of [['e', Buffer.from(text)], ['p', Buffer.from(JSON.stringify(proofOf(0, 0)) + '\n')]] as const) {
  let missed = 0, odd = 0; const t = performance.now();
  const step = Number(process.argv[2] ?? 1);
  for (let i = 0; i < src.length; i += step) {
    const b = Buffer.from(src); b[i] = (b[i] ?? 0) ^ (1 << (i % 8)); if (i % 3 === 0) b[i] = (src[i] ?? 0) ^ 0x20;
    writeFileSync('/tmp/m', b);
    try {
      const v = await verifyPath('/tmp/m', { verifier });
      if (v.verified) { missed++; console.log('MISSED', name, i, JSON.stringify(src.subarray(i - 20, i + 20).toString())); }
    } catch (error) { odd++; if (odd < 4) console.log(String(error)); }
  }
  console.log(name, src.length, 'positions', { missed, odd }, performance.now() - t, 'ms');
}
