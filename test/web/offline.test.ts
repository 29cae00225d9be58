import { describe, expect, it } from 'vitest';
import { answeringOf } from '../../web/src/offline/policy.ts';

const ORIGIN = 'https://oriel.example.com';
const FILES = new Set(['/assets/index-1a2b.js', '/icon.svg']);

describe('the page without a network', () => {
  it.each([
    ['GET', '/', 'page'],
    ['GET', '/?story=idle&seed=3', 'page'],
    ['GET', '/assets/index-1a2b.js', 'kept'],
    ['GET', '/icon.svg', 'kept'],
    ['GET', '/assets/index-of-another-build.js', 'untouched'],
    ['GET', '/ops', 'untouched'],
    ['GET', '/v1/sources', 'untouched'],
    ['POST', '/v1/session', 'untouched'],
    ['POST', '/', 'untouched'],
    ['GET', 'https://elsewhere.example.com/', 'untouched'],
  ])('P9: %s %s', (method, path, answering) => {
    expect(answeringOf({ method, url: new URL(path, ORIGIN).href }, ORIGIN, FILES)).toBe(answering);
  });
});
