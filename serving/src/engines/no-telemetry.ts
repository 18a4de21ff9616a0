/**
 * Since version 1.29 ONNX Runtime tells its maker about the machine and its models, and keeps an id of the user for it in the
 * home. This has to be said before the library is loaded; see docs/Privacy.md of its repository.
 */
// biome-ignore lint/style/noProcessEnv: no setting of ours, but the only place where the library looks
process.env.ORT_DISABLE_TELEMETRY = '1';
