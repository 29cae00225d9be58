export { bytesOf, decodeBridgeFrame, decodeObjectFrame } from './codec.ts';
export { Instant, Offset } from './fields.ts';
export { encode } from './frame-text.ts';
export * from './frames.ts';
export * from './limits.ts';
export * from './live.ts';
export { decodeLiveFrame, decodeSeenFrame } from './live-codec.ts';
export { CLOSE, INGEST_PROTOCOL, LIVE_PROTOCOL } from './sockets.ts';
