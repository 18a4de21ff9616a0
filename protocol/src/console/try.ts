/**
 * Real calls through the gateway, made for the person who is logged in: with their rights and limits, and a row in the log. Requests
 * and answers, errors too, are those of the gateway (protocol/src/gateway.ts); bodies are JSON of at most 16 MiB.
 *
 *   POST   try/tasks/:alias/calls      as POST gateway/v1/tasks/:alias/calls
 *   POST   try/models/:alias/calls     as POST gateway/v1/models/:alias/calls, with the header arno-call-id
 *   GET    try/calls/:id               as GET gateway/v1/calls/:id
 *   DELETE try/calls/:id               as DELETE gateway/v1/calls/:id
 */

/** Bytes of a body. */
export const maxTryBytes = 16 * 1024 * 1024;
