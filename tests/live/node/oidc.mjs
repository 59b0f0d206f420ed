// An OAuth 2.0 server on loopback with the introspection of RFC 7662; prints one line of JSON when it is ready.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2] + "/");
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const resource = { audience: "files", scope: "files:write files:read", accessTokenTTL: 3600, accessTokenFormat: "opaque" };
const provider = new Provider("http://127.0.0.1", {
  clients: [
    { client_id: "ci", client_secret: "s".repeat(40), grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
    { client_id: "asker", token_endpoint_auth_method: "none", grant_types: [], redirect_uris: [], response_types: [] },
  ],
  clientAuthMethods: ["client_secret_basic", "none"],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:files",
      getResourceServerInfo: () => resource,
      useGrantedResource: () => true,
    },
  },
  routes: { introspection: "/oauth2/introspect" },
  scopes: ["files:write", "files:read"],
});
const server = provider.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
