/** The agent card of A2A 1.0: what this agent does, where, and how to get in. */
import { A2A_PROTOCOL_VERSION, type AgentCard } from "@a2a-js/sdk";

export const A2A_PATH = "/a2a";

/** `origin`: where the server is reached, `https://clinic.example`. */
export function agentCard(origin: string, version: string): AgentCard {
  return {
    name: "Anamnesis",
    description:
      "Takes a medical history by asking, and says how soon the person should be seen. Decision support and research software: no medical device, no diagnosis, no medical advice, no treatment.",
    supportedInterfaces: [
      { url: `${origin}${A2A_PATH}`, protocolBinding: "JSONRPC", tenant: "", protocolVersion: A2A_PROTOCOL_VERSION },
    ],
    provider: undefined,
    version,
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false, extensions: [] },
    securitySchemes: {
      bearer: {
        scheme: {
          $case: "httpAuthSecurityScheme",
          value: { scheme: "Bearer", description: "A token of `anamnesis serve token`.", bearerFormat: "" },
        },
      },
    },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    defaultInputModes: ["text/plain", "application/json", "image/*", "application/pdf"],
    defaultOutputModes: ["text/plain", "application/json"],
    skills: [
      {
        id: "consultation",
        name: "Consultation",
        description:
          "Begins with the person's consent, asks one question after another, and concludes with a triage; clinicians' tokens get the differential too. Red flags come first and end the questions.",
        tags: ["health", "anamnesis", "triage", "symptoms", "differential diagnosis"],
        examples: ["I have had a cough and a fever for three days."],
        inputModes: [],
        outputModes: [],
        securityRequirements: [],
      },
    ],
    signatures: [],
  };
}
