export interface AuditReport {
  vulnerabilities: Record<string, { severity: string; via: (string | { title: string; url: string })[] }>;
}

export const EXPLAINED: Readonly<Record<string, string>>;
export function openFindings(report: AuditReport, explained: Readonly<Record<string, string>>): string[];
export function parseReport(output: string): AuditReport | null;
