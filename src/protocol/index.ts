export { bytesOf, decodeBridgeFrame, decodeLiveFrame, decodeObjectFrame, decodeSeenFrame, encode } from './codec.ts';
export * from './frames.ts';
export * from './limits.ts';
export * from './live.ts';
