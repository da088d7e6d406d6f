/** Lines of one resource that cannot be beside others, told by the argument that asks for them. */
export interface Collision {
  readonly path: readonly string[];
  readonly message: string;
}
