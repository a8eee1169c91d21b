/** A line about how things stand. To be read out, it belongs into an element with the role `status`, or is an alert. */
import type { ReactNode } from "react";

interface Properties {
  /** Read out at once. */
  readonly isAlert?: boolean;
  readonly children: ReactNode;
}

export function Notice({ isAlert = false, children }: Properties) {
  return (
    <div className={isAlert ? "notice notice--alert" : "notice"} role={isAlert ? "alert" : undefined}>
      {children}
    </div>
  );
}
