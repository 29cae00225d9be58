/** The WebSocket subprotocol between a bridge and a partition's object (SPEC §5). */
export const INGEST_PROTOCOL = 'oriel.v1';
/** The WebSocket subprotocol between a viewer and a partition's object (P9). */
export const LIVE_PROTOCOL = 'oriel.live.v1';

/** Close codes (P4). */
export * as CLOSE from './close.ts';
