; holdfast: links, for this person only. What follows the two hyphens is data: no switch can be hidden in a link.
!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\holdfast" "" "URL:Holdfast"
  WriteRegStr SHELL_CONTEXT "Software\Classes\holdfast" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\holdfast\DefaultIcon" "" "$appExe,0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\holdfast\shell\open\command" "" '"$appExe" -- "%1"'
!macroend

; Settings, the identity of this computer and entries of the Credential Manager stay: they may be wanted again.
!macro customUnInstall
  DeleteRegKey SHELL_CONTEXT "Software\Classes\holdfast"
!macroend
