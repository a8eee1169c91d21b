/**
 * A stand-in for Azure Bot Service on this machine: OpenID metadata and keys, a login that grants tokens, and a connector
 * that records what bots send it. It signs tokens as the Bot Connector does.
 */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { type Answered, recordingVendor } from "./recording-vendor.ts";

export const APP = "c9e8c047-2a74-40a2-b28a-b162d5f5327c";
export const ISSUER = "https://api.botframework.com";

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
  const asked = { metadata: 0, keys: 0, tokens: 0 };
  let down = false;

  const answered = async (path: string, body: string): Promise<Answered | undefined> => {
    if (down) return { status: 503, json: {} };
    switch (path) {
      case "/openid":
        asked.metadata++;
        // The document that the documentation shows, with our addresses.
        return {
          json: {
            issuer: ISSUER,
            authorization_endpoint: "https://invalid.botframework.com",
            jwks_uri: `${url}/keys`,
            id_token_signing_alg_values_supported: ["RS256"],
            token_endpoint_auth_methods_supported: ["private_key_jwt"],
          },
        };
      case "/keys":
        asked.keys++;
        return { json: { keys: await Promise.all([...keys].map(([kid, { publicKey }]) => listed(kid, publicKey))) } };
      case "/token":
        asked.tokens++;
        return granted(new URLSearchParams(body), `granted-${asked.tokens}`);
      default:
        return undefined;
    }
  };
  const { url, posted, refusals, end } = await recordingVendor(answered);
  const serviceUrl = `${url}/amer/`;

  return {
    url,
    serviceUrl,
    posted,
    refusals,
    end,
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
      const usual = { serviceurl: serviceUrl, iss: ISSUER, aud: APP, nbf: now, exp: now + 3600 };
      const { privateKey } = forged ? stranger : (keys.get(kid) ?? stranger);
      const header = { alg: "RS256", kid, x5t: kid, typ: "JWT" };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader(header).sign(privateKey);
    },
  };
}

export type AzureBotService = Awaited<ReturnType<typeof azureBotService>>;

/** The key `bare` lists no channels that it is endorsed for. */
async function listed(kid: string, key: CryptoKey): Promise<object> {
  const endorsements = ["msteams", "webchat", "directline", "emulator"];
  return { ...(await exportJWK(key)), use: "sig", kid, x5t: kid, ...(kid !== "bare" && { endorsements }) };
}

function granted(form: URLSearchParams, token: string): Answered {
  const isOurs = form.get("client_id") === APP && form.get("client_secret") === "client-secret";
  if (!isOurs || form.get("grant_type") !== "client_credentials")
    return { status: 401, json: { error: "invalid_client" } };
  const access_token = `${token} ${form.get("scope")}`;
  return { json: { token_type: "Bearer", expires_in: 3600, ext_expires_in: 3600, access_token } };
}
