/** Where a tab keeps its name: it survives a reload, and a tab that was made a copy of another has that of the other. */
const PLACE = 'oriel.lab.name';
const NAMES = 'lab-';
/** What a store puts before its name. */
const DATABASES = 'oriel/';

/** A name for the database of this tab's lab, which no other tab has while this one is open: held by a lock. Without locks (an insecure origin) nobody can tell. */
export async function ownName(): Promise<string> {
  const kept = read();
  if (kept !== null && (await take(kept))) return kept;
  const name = `${NAMES}${Math.random().toString(36).slice(2)}`;
  write(name);
  await take(name);
  return name;
}

/** Deletes the databases of tabs that are gone. */
export async function forgetOthers(own: string): Promise<void> {
  try {
    for (const { name } of await indexedDB.databases()) {
      const other = name?.slice(DATABASES.length) ?? '';
      if (name === undefined || !name.startsWith(`${DATABASES}${NAMES}`) || other === own) continue;
      await navigator.locks.request(lockOf(other), { ifAvailable: true }, (lock) => (lock === null ? undefined : deleted(name)));
    }
  } catch {
    // Where a browser has no locks, or does not list databases, they stay.
  }
}

/** Whether it was free: then it is held until the page is left. */
function take(name: string): Promise<boolean> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(lockOf(name), { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch(() => resolve(true));
  });
}

function lockOf(name: string): string {
  return `oriel/page-${name}`;
}

function deleted(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}

// Storage can be switched off by the reader: then a reload makes another name, and the lab begins anew.
function read(): string | null {
  try {
    return sessionStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function write(name: string): void {
  try {
    sessionStorage.setItem(PLACE, name);
  } catch {}
}
