/** A mistake in the native code, and the file that it is in. */
export interface NativeMutant {
  /** What is wrong. */
  readonly mistake: string;
  readonly file: string;
  /** Texts of the file, each there once, and what replaces them. */
  readonly edits: readonly (readonly [text: string, replacement: string])[];
}

/** The mistakes that cost others of its kind most. */
export const NATIVE_MUTANTS: readonly NativeMutant[] = [
  {
    mistake: 'the machine is used off its queue',
    file: 'machine.mm',
    edits: [
      ['dispatch_async(keep->queue, ^{', 'dispatch_async(dispatch_queue_create("another", DISPATCH_QUEUE_SERIAL), ^{'],
    ],
  },
  {
    mistake: 'an exception may leave a block of the queue',
    file: 'machine.mm',
    edits: [
      [
        '// Every use of the machine goes through here',
        'template <typename Work>\nstd::optional<Failure> Unguarded(Work work) {\n  work();\n  return std::nullopt;\n}\n\n// Every use of the machine goes through here',
      ],
      [
        'std::optional<Failure> raised = Guarded([&] {\n        if (keep->vm == nil) {',
        'std::optional<Failure> raised = Unguarded([&] {\n        if (keep->vm == nil) {',
      ],
    ],
  },
  {
    mistake: "the machine's delegate is not kept",
    file: 'machine.mm',
    edits: [['vm.delegate = core->observer;', 'vm.delegate = MakeObserver(core);']],
  },
  {
    mistake: 'vsock listeners are not kept',
    file: 'machine.mm',
    edits: [['      core->listeners[port] = made;\n', '']],
  },
  {
    mistake: 'the descriptor of a vsock connection is not duplicated',
    file: 'vsock.mm',
    edits: [['fcntl(connection.fileDescriptor, F_DUPFD_CLOEXEC, 0)', 'connection.fileDescriptor']],
  },
  {
    mistake: 'the framework’s vsock connection is not kept',
    file: 'vsock.mm',
    edits: [['std::make_shared<Keeper>(queue, connection)', '(void(queue), std::shared_ptr<void>())']],
  },
  {
    mistake: 'machines are never let go of',
    file: 'stopping.mm',
    edits: [
      [
        '  core.vm = nil;\n',
        '  static auto *all = new std::vector<VZVirtualMachine *>;\n  all->push_back(core.vm);\n  core.vm = nil;\n',
      ],
    ],
  },
  {
    mistake: 'closing a machine leaves its promises open',
    file: 'machine_wrap.cc',
    edits: [['  environment_->RejectAll(info.Env(), this, ClosedFailure());\n', '  (void)info;\n']],
  },
];
