import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    // Hooks start browsers and servers, which take as long as the machine lets them.
    hookTimeout: 60_000,
    // Two workers: the suite holds a few heavy files, and machines with two cores should not thrash.
    maxWorkers: 2,
  },
});
