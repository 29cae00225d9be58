import { config } from 'zod';

// Else zod probes whether it may compile its schemas to code, as soon as the first one is made, and a strict content policy reports the attempt.
config({ jitless: true });
