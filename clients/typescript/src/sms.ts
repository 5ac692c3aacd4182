interface OtpCredential extends Credential {
  readonly code: string;
}

/**
 * Read the code out of the SMS where the browser can (WebOTP); null where it cannot or nobody agrees.
 *
 * Give the field `autocomplete="one-time-code" inputmode="numeric"` as well: Safari offers the code
 * above the keyboard.
 */
export async function codeFromSms(signal: AbortSignal): Promise<string | null> {
  if (!("OTPCredential" in globalThis)) return null;
  try {
    const wish = { otp: { transport: ["sms"] }, signal } as CredentialRequestOptions;
    const found = (await navigator.credentials.get(wish)) as OtpCredential | null;
    return found?.code ?? null;
  } catch {
    return null;
  }
}
