declare namespace Cloudflare {
  /** Types `exports` of `cloudflare:workers` in the tests that run inside workerd. */
  interface GlobalProps {
    mainModule: typeof import('../../worker/index.ts');
    durableNamespaces: 'Partition' | 'Customer';
  }
}
