import { expect, test } from "vitest";
import { AnamnesisError, SequenceConflict, StoredEvent, StoreError } from "../../src/index.ts";
import { eventsOf } from "../fixtures/consultation-events.ts";

test("a conflict is a store's error that tells both numbers, and what to do", () => {
  const conflict = new SequenceConflict("c-1", 3, 5);
  expect(conflict).toBeInstanceOf(StoreError);
  expect(conflict).toBeInstanceOf(AnamnesisError);
  expect(conflict).toMatchObject({ code: "sequence-conflict", fault: "work", expected: 3, actual: 5 });
  expect(conflict.message).toBe("c-1 holds 5 events, not 3; read it again, then append");
});

test("a stored event is an event with a hash of 64 digits, and nothing else", () => {
  const [event] = eventsOf("c", 1);
  const hash = "0".repeat(64);
  expect(StoredEvent.safeParse({ event, hash }).success).toBe(true);
  expect(StoredEvent.safeParse({ event, hash: "0" }).success).toBe(false);
  expect(StoredEvent.safeParse({ event, hash, more: 1 }).success).toBe(false);
  expect(StoredEvent.safeParse({ event: {}, hash }).success).toBe(false);
});
