/** Replaced by the image build; absent when the sources run as they are. */
declare const STEWARD_IMAGE_TAG: string | undefined

/** The tag this image was built as; sources run by hand take it from the environment. */
export const builtTag = (): string =>
  typeof STEWARD_IMAGE_TAG === 'string' ? STEWARD_IMAGE_TAG : (process.env['STEWARD_IMAGE_TAG'] ?? '1.0.0')

/** Notes can be pinned since 1.1.0. */
export const knowsPins = (version: string): boolean => !version.startsWith('1.0.')
