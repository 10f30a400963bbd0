/** The library has no types of its own. */
declare module 'snappyjs' {
  const snappy: {
    /** @throws {Error} for what is not Snappy, and for what would be longer unpacked than `maxLength` bytes. */
    uncompress(compressed: Buffer, maxLength?: number): Buffer;
    compress(content: Buffer): Buffer;
  };
  export default snappy;
}
