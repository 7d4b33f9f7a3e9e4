/**
 * Google's account server as far as a desktop app meets it: consent in the browser, tokens, their end.
 * https://developers.google.com/identity/protocols/oauth2/native-app
 */
import { createHash, randomBytes } from 'node:crypto';
import { ApiError, empty, html, json, oauthError, type Reply } from './replies.ts';

/** An access token's life in seconds. */
const LIFE = 3599;

export interface Grant {
  account: string;
  clientId: string;
  scopes: string[];
  refreshToken: string;
  withdrawn: boolean;
}

interface Code {
  account: string;
  clientId: string;
  scopes: string[];
  challenge: string;
  redirectUri: string;
}

interface AccessToken {
  grant: Grant;
  endsMs: number;
}

export class FakeAccounts {
  readonly emails: string[] = [];
  readonly grants: Grant[] = [];
  readonly #clients = new Map<string, string>();
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, AccessToken>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  addClient(clientId: string, clientSecret: string): void {
    this.#clients.set(clientId, clientSecret);
  }

  removeClient(clientId: string): void {
    this.#clients.delete(clientId);
  }

  /** A consent that was given before the test began. */
  grant(account: string, clientId: string, scopes: string[]): Grant {
    const refreshToken = `1//${randomBytes(32).toString('base64url')}`;
    const grant = { account, clientId, scopes, refreshToken, withdrawn: false };
    this.grants.push(grant);
    return grant;
  }

  /** As on myaccount.google.com: the refresh tokens of an account and its access tokens end at once. */
  withdraw(account: string): void {
    for (const grant of this.grants) if (grant.account === account) grant.withdrawn = true;
  }

  /** Every access token ends now; refresh tokens live on. */
  expireAccess(): void {
    for (const token of this.#access.values()) token.endsMs = this.#now();
  }

  /** Every secret that this server has ever given out. */
  secrets(): string[] {
    return [...this.grants.map((grant) => grant.refreshToken), ...this.#access.keys(), ...this.#codes.keys()];
  }

  /** @throws ApiError 401, 403 */
  authorise(header: string | undefined, scopes: readonly string[]): Grant {
    const token = this.#access.get(/^Bearer (\S+)$/.exec(header ?? '')?.[1] ?? '');
    if (token === undefined || token.grant.withdrawn || token.endsMs <= this.#now()) {
      throw new ApiError(401, 'authError', 'Invalid Credentials');
    }
    if (!scopes.some((scope) => token.grant.scopes.includes(scope))) {
      throw new ApiError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
    }
    return token.grant;
  }

  /** The page that asks for consent. */
  consentPage(params: URLSearchParams): Reply {
    const wrong = this.#wrongRequest(params);
    if (wrong !== null) return html(`<h1>Access blocked</h1><p>Error 400: ${wrong}</p>`, 400);
    const hidden = [...params].map(([key, value]) => `<input type="hidden" name="${esc(key)}" value="${esc(value)}">`);
    const hint = params.get('login_hint')?.toLowerCase();
    const proposed = this.emails.find((email) => email.toLowerCase() === hint) ?? this.emails[0];
    const choices = this.emails.map((email) => {
      const checked = email === proposed ? ' checked' : '';
      return `<p><label><input type="radio" name="account" value="${esc(email)}"${checked}> ${esc(email)}</label></p>`;
    });
    return html(
      `<!doctype html><title>Sign in - Google Accounts</title><h1>Holdfast wants access to your Google Account</h1>
<form method="post" action="/o/consent">${hidden.join('')}${choices.join('')}
<p><label><input type="checkbox" name="drive" value="yes" checked> See, edit, create, and delete only the specific Google Drive files you use with this app</label></p>
<button name="answer" value="deny">Deny</button> <button name="answer" value="allow">Allow</button></form>`,
    );
  }

  /** What the page's buttons do: back to the app, with a code or without. */
  consent(form: URLSearchParams): Reply {
    const wrong = this.#wrongRequest(form);
    if (wrong !== null) return html(wrong, 400);
    const back = new URL(form.get('redirect_uri') ?? '');
    back.searchParams.set('state', form.get('state') ?? '');
    if (form.get('answer') !== 'allow') {
      back.searchParams.set('error', 'access_denied');
      return empty(302, { location: back.href });
    }
    const account = form.get('account') ?? '';
    if (!this.emails.includes(account)) return html('no such account', 400);
    const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => {
      return !scope.includes('drive') || form.get('drive') === 'yes'; // each permission has a box of its own
    });
    const code = `4/${randomBytes(24).toString('base64url')}`;
    this.#codes.set(code, {
      account,
      scopes,
      clientId: form.get('client_id') ?? '',
      challenge: form.get('code_challenge') ?? '',
      redirectUri: form.get('redirect_uri') ?? '',
    });
    back.searchParams.set('code', code);
    back.searchParams.set('scope', scopes.join(' '));
    return empty(302, { location: back.href });
  }

  token(form: URLSearchParams): Reply {
    const clientId = form.get('client_id') ?? '';
    const secret = this.#clients.get(clientId);
    if (secret === undefined || secret !== form.get('client_secret')) return oauthError('invalid_client', 401);
    if (form.get('grant_type') === 'refresh_token') {
      const grant = this.grants.find((each) => each.refreshToken === form.get('refresh_token'));
      if (grant === undefined || grant.withdrawn || grant.clientId !== clientId) return oauthError('invalid_grant');
      return json(this.#newAccess(grant));
    }
    if (form.get('grant_type') !== 'authorization_code') return oauthError('unsupported_grant_type');
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code === undefined || code.clientId !== clientId || code.challenge !== challenge)
      return oauthError('invalid_grant');
    if (code.redirectUri !== form.get('redirect_uri')) return oauthError('redirect_uri_mismatch');
    const grant = this.grant(code.account, clientId, code.scopes);
    const idToken = [{ alg: 'none' }, { email: code.account, email_verified: true, aud: clientId }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return json({ ...this.#newAccess(grant), refresh_token: grant.refreshToken, id_token: `${idToken}.` });
  }

  revoke(form: URLSearchParams): Reply {
    const token = form.get('token') ?? '';
    const grant = this.grants.find((each) => each.refreshToken === token) ?? this.#access.get(token)?.grant;
    if (grant === undefined || grant.withdrawn) return oauthError('invalid_token');
    grant.withdrawn = true;
    return json({});
  }

  #newAccess(grant: Grant): Record<string, unknown> {
    const token = `ya29.${randomBytes(32).toString('base64url')}`;
    this.#access.set(token, { grant, endsMs: this.#now() + LIFE * 1000 });
    return { access_token: token, expires_in: LIFE, scope: grant.scopes.join(' '), token_type: 'Bearer' };
  }

  /** What Google's page would refuse to begin with. */
  #wrongRequest(params: URLSearchParams): string | null {
    if (!this.#clients.has(params.get('client_id') ?? '')) return 'invalid_client';
    if (params.get('response_type') !== 'code') return 'unsupported_response_type';
    if (!/^http:\/\/127\.0\.0\.1:\d+(?:\/|$)/.test(params.get('redirect_uri') ?? '')) return 'redirect_uri_mismatch';
    if (params.get('code_challenge_method') !== 'S256') return 'invalid_request';
    if (!/^[\w-]{43}$/.test(params.get('code_challenge') ?? '')) return 'invalid_request';
    return (params.get('scope') ?? '') === '' ? 'invalid_scope' : null;
  }
}

function esc(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
