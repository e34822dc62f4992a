export const httpActivities = {
  count,

  async failTimes(service: string, key: string, failures: number): Promise<number> {
    const times = await count(service, key);
    if (times <= failures) throw `failed ${times} of ${failures} times`;
    return times;
  },

  wait: (service: string, ms: number): Promise<string> => text(`${service}/wait/${ms}`),

  async getText(url: string): Promise<string> {
    const response = await attempt(() => fetch(url, { redirect: "manual" }));
    return `${response.status} ${await response.text()}`;
  },

  async mirror(url: string, bytes: number): Promise<number> {
    const response = await attempt(() => fetch(url, { method: "POST", body: new Uint8Array(bytes).fill(97) }));
    return (await response.arrayBuffer()).byteLength;
  },
};

async function count(service: string, key: string): Promise<number> {
  const response = await attempt(() => fetch(`${service}/count/${key}`, { method: "POST" }));
  return Number(await response.text());
}

async function text(url: string): Promise<string> {
  const response = await attempt(() => fetch(url));
  return response.text();
}

/** A request that could not be made is an err of ours, not a trap. */
async function attempt(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch (error) {
    throw String(error);
  }
}
