/**
 * Writes opaque.json and voprf.json beside this file from the machine-readable test vectors of the CFRG: those of
 * RFC 9807 appendix C (github.com/cfrg/draft-irtf-cfrg-opaque, poc/vectors/vectors.json) and of RFC 9497 appendix A
 * (github.com/cfrg/draft-irtf-cfrg-voprf, poc/vectors/allVectors.json). Kept are those of P-256 with SHA-256; of RFC 9497
 * those of the OPRF mode. Values are not changed.
 *
 *   node test/vectors/make-opaque.mjs OPAQUE-VECTORS VOPRF-VECTORS
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [opaqueSource, voprfSource] = process.argv.slice(2);
if (!opaqueSource || !voprfSource) throw new Error('give the two files of vectors');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const write = (name, value) =>
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, null, 2)}\n`);

const opaque = read(opaqueSource).filter((v) => v.config.OPRF === 'P256-SHA256');
const shape = ({ config, inputs, intermediates, outputs }) => ({
  context: config.Context,
  inputs,
  ...(config.Fake === 'True' ? {} : { intermediates }),
  outputs,
});
write('opaque.json', {
  source: 'RFC 9807 appendix C, P-256 and SHA-256, KSF Identity',
  real: opaque.filter((v) => v.config.Fake === 'False').map(shape),
  fake: opaque.filter((v) => v.config.Fake === 'True').map(shape),
});

const voprf = read(voprfSource).find((v) => v.identifier === 'P256-SHA256' && v.mode === 0);
write('voprf.json', {
  source: 'RFC 9497 appendix A.3.1, OPRF(P-256, SHA-256), OPRF mode',
  seed: voprf.seed,
  keyInfo: voprf.keyInfo,
  secretKey: voprf.skSm,
  cases: voprf.vectors.map((v) => ({
    input: v.Input,
    blind: v.Blind,
    blinded: v.BlindedElement,
    evaluated: v.EvaluationElement,
    output: v.Output,
  })),
});
