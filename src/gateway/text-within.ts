/** The body of an answer as text, read no further than `maxBytes`; `whole` says whether that is all of it. A character cut in two is left out. */
export async function textWithin(response: Response, maxBytes: number): Promise<{ readonly text: string; readonly whole: boolean }> {
  if (response.body === null) return { text: '', whole: true };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let left = maxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), whole: true };
    text += decoder.decode(value.subarray(0, left), { stream: true });
    if (value.byteLength > left) {
      await reader.cancel().catch(() => undefined);
      return { text, whole: false };
    }
    left -= value.byteLength;
  }
}
