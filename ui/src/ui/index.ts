/**
 * The shared components. They know no feature and no gateway: data and callbacks in, events out.
 * Import from here (`@/ui`), except in src/live, which takes `status.ts` and `format.ts` directly
 * because it holds no React.
 */
export { Badge, StatusBadge } from "./Badge.tsx";
export { Banner, CoachStrip } from "./Banner.tsx";
export { Button, type ButtonProps, IconButton, type IconButtonProps } from "./Button.tsx";
export { CheckGroup } from "./CheckGroup.tsx";
export { CodeBlock } from "./CodeBlock.tsx";
export { CopyButton } from "./CopyButton.tsx";
export { copyText } from "./copyText.ts";
export { cx } from "./cx.ts";
export { type Column, DataTable } from "./DataTable.tsx";
export { DateField } from "./DateField.tsx";
export { ConfirmDialog, Dialog } from "./Dialog.tsx";
export { EmptyState } from "./EmptyState.tsx";
export { Field, type FieldControl, type FieldProps } from "./Field.tsx";
export { FileButton } from "./FileButton.tsx";
export * as format from "./format.ts";
export { Kbd } from "./Kbd.tsx";
export { ListField } from "./ListField.tsx";
export { Menu, type MenuAction, type MenuItem } from "./Menu.tsx";
export { Meter } from "./Meter.tsx";
export { type OutputLine, OutputLines } from "./OutputLines.tsx";
export { Prose } from "./Prose.tsx";
export { plain, sentence } from "./prose.ts";
export { saveFile } from "./saveFile.ts";
export { maskSecret, SecretField } from "./SecretField.tsx";
export { SegmentedControl } from "./SegmentedControl.tsx";
export { Select, type SelectOption } from "./Select.tsx";
export { Shape } from "./Shape.tsx";
export { AfterDelay, Skeleton, Spinner } from "./Spinner.tsx";
export { SplitPane } from "./SplitPane.tsx";
export { type RunState, StatusDot } from "./StatusDot.tsx";
export {
  type ShapeName,
  type StatusLook,
  statusLook,
  type Tone,
  TONE_INK,
  TONE_TINT,
} from "./status.ts";
export { Switch } from "./Switch.tsx";
export { askToNotify, canNotify, isOutOfSight, notifySystem } from "./systemNotice.ts";
export { type TabItem, Tabs } from "./Tabs.tsx";
export { Tag } from "./Tag.tsx";
export { TextArea } from "./TextArea.tsx";
export { NumberField, TextField, type TextFieldProps } from "./TextField.tsx";
export { ToastRegion } from "./ToastRegion.tsx";
export { dismissToast, type Toast, toast } from "./toasts.ts";
export { Tooltip } from "./Tooltip.tsx";
export { DurationField, SizeField } from "./UnitField.tsx";
export { inUnit, SIZES } from "./units.ts";
export { useDebounced } from "./useDebounced.ts";
export { useFileDrop } from "./useFileDrop.ts";
export { useNarrow } from "./useNarrow.ts";
export { useRowHeight } from "./useRowHeight.ts";
export { useStore } from "./useStore.ts";
