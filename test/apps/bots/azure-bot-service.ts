/**
 * A stand-in for Azure Bot Service on this machine: OpenID metadata and keys, a login that grants tokens, and a connector
 * that records what bots send it. It signs tokens as the Bot Connector does.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export const APP = "c9e8c047-2a74-40a2-b28a-b162d5f5327c";
export const ISSUER = "https://api.botframework.com";

export interface Posted {
  readonly path: string;
  readonly authorization: string;
  // biome-ignore lint/suspicious/noExplicitAny: what was posted is looked at by the tests.
  readonly activity: any;
}

/** What the connector answers to the next posts; then it takes everything. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes the post, and breaks the connection. */
  readonly breaks?: boolean;
}

export interface Signing {
  readonly claims?: JWTPayload;
  readonly kid?: string;
  /** Signs with a key that is not published, under the id of one that is. */
  readonly forged?: boolean;
}

export async function azureBotService() {
  const pair = () => generateKeyPair("RS256", { extractable: true });
  const keys = new Map([["key-1", await pair()]]);
  const stranger = await pair();
  const posted: Posted[] = [];
  const refusals: Refusal[] = [];
  const asked = { metadata: 0, keys: 0, tokens: 0 };
  let down = false;

  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const body = await text(request);
    const json = (value: object, status = 200, headers = {}): void => {
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
    };
    if (down) json({}, 503);
    else if (path === "/openid") {
      asked.metadata++;
      // The document that the documentation shows, with our addresses.
      json({
        issuer: ISSUER,
        authorization_endpoint: "https://invalid.botframework.com",
        jwks_uri: `${url}/keys`,
        id_token_signing_alg_values_supported: ["RS256"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
      });
    } else if (path === "/keys") {
      asked.keys++;
      const endorsements = ["msteams", "webchat", "directline", "emulator"];
      const listed = [...keys].map(async ([kid, { publicKey }]) => {
        const jwk = await exportJWK(publicKey);
        return { ...jwk, use: "sig", kid, x5t: kid, ...(kid !== "bare" && { endorsements }) };
      });
      json({ keys: await Promise.all(listed) });
    } else if (path === "/token") {
      asked.tokens++;
      const form = new URLSearchParams(body);
      const isOurs = form.get("client_id") === APP && form.get("client_secret") === "client-secret";
      if (!isOurs || form.get("grant_type") !== "client_credentials") json({ error: "invalid_client" }, 401);
      else
        json({
          token_type: "Bearer",
          expires_in: 3600,
          ext_expires_in: 3600,
          access_token: `granted-${asked.tokens} ${form.get("scope")}`,
        });
    } else {
      const refusal = refusals.shift();
      if (refusal && !refusal.breaks) return json({}, refusal.status, refusal.headers);
      posted.push({ path, authorization: request.headers.authorization ?? "", activity: JSON.parse(body) });
      if (refusal) response.destroy();
      else json({ id: String(posted.length) });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serviceUrl = `${url}/amer/`;

  return {
    url,
    serviceUrl,
    posted,
    refusals,
    asked,
    /** Options of a channel that trusts it. */
    options: {
      appId: APP,
      appPassword: "client-secret",
      signer: { metadata: `${url}/openid` },
      login: { url: `${url}/token` },
    },
    async publish(kid: string) {
      keys.set(kid, await pair());
    },
    fail(isDown: boolean) {
      down = isDown;
    },
    /** A token as the connector sends it along. A claim that is undefined is left out. */
    async token({ claims, kid = "key-1", forged = false }: Signing = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        serviceurl: serviceUrl,
        iss: ISSUER,
        aud: APP,
        nbf: now,
        exp: now + 3600,
        ...claims,
      };
      const { privateKey } = forged ? stranger : (keys.get(kid) ?? stranger);
      return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid, x5t: kid, typ: "JWT" }).sign(privateKey);
    },
    async end() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type AzureBotService = Awaited<ReturnType<typeof azureBotService>>;
