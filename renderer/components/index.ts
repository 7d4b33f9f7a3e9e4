/** Everything a screen is built from, in one import. */
export { Button, IconButton, LinkButton, type ButtonProps } from './button.tsx';
export { ErrorBoundary } from './error-boundary.tsx';
export { Checkbox, Choice, Field, Segmented, Switch, TextField, type ChoiceOption } from './fields.tsx';
export * from './format.ts';
export { Icon } from './icon.tsx';
export { KeyGrid } from './key-grid.tsx';
export { KeyInput, type RowState } from './key-input.tsx';
export { emptyGroups, groupsFromText, isComplete, ROWS } from './key-text.ts';
export { inkOf, isMemoryOnly, Mark, markOf, type MarkState } from './mark.tsx';
export { Menu, Sheet, Tooltip, type MenuEntry } from './overlays.tsx';
export { Select } from './select.tsx';
export { Progress } from './progress.tsx';
export { Sidebar } from './sidebar.tsx';
export { EmptyState, ErrorNote, ErrorState, Skeleton, Spinner, type Failure } from './states.tsx';
export { Badge, Card, Facts, Head, Note, PathText, Title } from './surfaces.tsx';
export { Bytes, useNow, When } from './time.tsx';
export { Toasts } from './toasts.tsx';
export { WizardScaffold, type WizardStep } from './wizard-scaffold.tsx';
