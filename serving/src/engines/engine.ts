import type { Description } from '../endpoints/wanted.ts';

export interface Prediction {
  label: number;
  /** One a class, in the order of the labels, when the model gives them. */
  probabilities?: number[];
}

/** A loaded model. */
export interface Engine {
  /** `values` is one image, row by row, as the description's `input` says. */
  predict(values: Float32Array): Promise<Prediction>;
  /** Frees the model's memory. Call it once, when no prediction runs. */
  close(): Promise<void>;
}

/** Loads the model in `file` and proves with one prediction that it fits its description. Throws when it does not. */
export type LoadModel = (file: string, description: Description) => Promise<Engine>;
