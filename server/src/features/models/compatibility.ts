import { atLeast, type Version } from '../../clearml/contracts.ts';
import type { Document } from '../../clearml/wire.ts';

/** A model document as a client of this version reads it: before 2.17 metadata was a list of items. */
export function forVersion(version: Version, model: Document): Document {
  if (atLeast(version, 2, 17) || !model.metadata) return model;
  return { ...model, metadata: Object.values(model.metadata) };
}
