// A real OpenID provider that speaks like Pro Santé Connect: its description under another name, its level of assurance,
// its userinfo. Whoever types an RPPS is that person.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const claims = ['SubjectNameID', 'given_name', 'family_name', 'SubjectRefPro'];
/** RPPS → names and the site they work in. */
const people = {
  99700999032: ['Yann', 'HOSPIFICTIF', '449990001'],
  99700999024: ['Solène', 'GYNEFICTIF', '359990001'],
  99700999016: ['Anne', 'PRESCRIFICTIF', '299990001'],
};

/** Starts it on `localhost`, which is another site than `127.0.0.1`; `acr` is the level it really gives. */
export async function start(redirectUri, { acr = 'eidas1' } = {}) {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    acrValues: ['eidas1', acr],
    clients: [{ client_id: 'negatoscope', client_secret: 'secret-of-the-client-for-tests', redirect_uris: [redirectUri] }],
    scopes: ['openid', 'scope_all'],
    claims: { openid: ['sub'], scope_all: claims, acr: null },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['for tests alone'] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => {
        const rpps = id.split(':').at(-1).slice(1);
        const [given_name, family_name, numeroFinessSite] = people[rpps] ?? ['Sans', 'NUMERO', ''];
        return {
          sub: id, given_name, family_name,
          ...(people[rpps] ? { SubjectNameID: `8${rpps}` } : {}),
          SubjectRefPro: { exercices: [{ codeProfession: '10', activities: [{ numeroFinessSite }] }] },
        };
      },
    }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid scope_all');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (request.url === '/.well-known/wallet-openid-configuration') request.url = '/.well-known/openid-configuration';
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end('<!doctype html><html lang="fr"><title>Connexion</title><form method="post"><label>RPPS <input name="rpps"></label><button>Entrer</button></form>');
    }
    let form = '';
    for await (const piece of request) form += piece;
    const rpps = new URLSearchParams(form).get('rpps');
    return provider.interactionFinished(request, response, { login: { accountId: `f:0f:8${rpps}`, acr, remember: false } });
  });
  return { issuer, close: () => { server.closeAllConnections(); server.close(); } };
}
